// Strict schema
//
// Owns:   which JSON schemas OpenAI takes in strict mode, in which it answers in that form and no other.

/** JSON schemas that OpenAI takes in strict mode: every object closed, every property required. */
export function isStrict(schema: unknown): boolean {
  if (Array.isArray(schema)) return schema.every(isStrict)
  if (typeof schema !== 'object' || schema === null) return true
  const { type, properties, required, additionalProperties, ...rest } = schema as Record<string, unknown>
  if (['allOf', 'oneOf', 'not', 'if', 'patternProperties', 'propertyNames'].some((word) => word in rest))
    return false
  if (type === 'object' || properties !== undefined) {
    const names = Object.keys((properties ?? {}) as object)
    const all = Array.isArray(required) && names.every((name) => required.includes(name))
    if (additionalProperties !== false || (names.length > 0 && !all)) return false
    return Object.values((properties ?? {}) as object).every(isStrict) && isStrict(Object.values(rest))
  }
  return isStrict(Object.values(rest))
}
