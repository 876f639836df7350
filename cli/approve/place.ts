// Place
//
// Owns:   whether a text is a path from a repository's top folder, as git writes it.

export function isPlace(path: string): boolean {
  const names = path.split('/')
  return !path.includes('\0') && names.every((name) => name !== '' && name !== '.' && name !== '..')
}
