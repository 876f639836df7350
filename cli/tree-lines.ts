// Tree lines
//
// Owns:   drawing a tree with lines, for `canopy tree` and the live progress.
// Leaves: the label of a branch (its caller).

export interface TreeBranch {
  readonly label: string
  readonly children: readonly TreeBranch[]
}

/** The root first, each child on a line of its own below its parent. */
export function treeLines(root: TreeBranch): string[] {
  return [root.label, ...below(root.children, '')]
}

function below(children: readonly TreeBranch[], indent: string): string[] {
  return children.flatMap((child, index) => {
    const last = index === children.length - 1
    return [
      `${indent}${last ? '└─ ' : '├─ '}${child.label}`,
      ...below(child.children, `${indent}${last ? '   ' : '│  '}`),
    ]
  })
}
