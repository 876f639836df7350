// Files
//
// Owns:   the form of a tree: texts by their paths.

export type Files = Readonly<Record<string, string>>
