// Skill file
//
// Reads a SKILL.md: its name, its description, its body.
// Leaves: where such files are (user-skills.ts, repository-skills.ts).
//
// The head is read by lines and not as YAML: text of others never reaches a parser that knows more than these fields.

export interface SkillFile {
  readonly name: string
  /** One line; cut. */
  readonly description: string
  /** Without the head. */
  readonly body: string
}

export const SKILL_FILE = 'SKILL.md'
const HEAD = /^---[ \t]*\r?\n([\s\S]*?)\r?\n---[ \t]*(?:\r?\n|$)/
const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/
const MAX_DESCRIPTION = 300

/** `folder`: the name of its folder, which names a skill whose head does not; undefined: it is no skill. */
export function skillFile(text: string, folder: string): SkillFile | undefined {
  const [whole, head] = HEAD.exec(text) ?? []
  if (whole === undefined || head === undefined) return undefined
  const named = fieldOf(head, 'name')
  const name = NAME.test(named) ? named : folder
  const description = fieldOf(head, 'description')
  if (!NAME.test(name) || description === '') return undefined
  const short =
    description.length <= MAX_DESCRIPTION ? description : `${description.slice(0, MAX_DESCRIPTION)} [cut]`
  return { name, description: short, body: text.slice(whole.length).trim() }
}

/** The value of a field in one line: plain, in quotes, or as a block that is indented below. */
function fieldOf(head: string, field: string): string {
  const lines = head.split(/\r?\n/)
  const at = lines.findIndex((line) => line.startsWith(`${field}:`))
  if (at < 0) return ''
  const first = (lines[at] ?? '').slice(field.length + 1).trim()
  const end = lines.findIndex((line, place) => place > at && /^\S/.test(line))
  const below = lines.slice(at + 1, end < 0 ? undefined : end)
  const words = [/^[>|][+-]?\d?$/.test(first) ? '' : first, ...below].join(' ')
  const [, quoted] = /^(?:"(.*)"|'(.*)')$/.exec(words.trim())?.filter((each) => each !== undefined) ?? []
  return (quoted ?? words).replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim()
}
