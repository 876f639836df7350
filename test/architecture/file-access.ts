// File access
//
// Owns:   which files of the rooms that work on repositories (rules.ts) may touch the file system or start a program
//         themselves, and why that is safe. All others use worktree-files.ts, which follows no link, or the sandbox.
//         Of cli/, which prints what app/ answers, only the launcher may.
//
// Before a file is added here: could a repository, a command in the sandbox, a model, a node or an archive decide what is
// at the path that it touches? Then it belongs into worktree-files.ts.

/** By path: why each touches only what Canopy or the user made, or how it follows no link. */
export const FILE_ACCESS: Readonly<Record<string, string>> = {
  'workspace/worktree-files.ts':
    'the module itself: opens each folder through the descriptor of the one above',
  'workspace/open-folder.ts': 'the module itself: the way down, folder by folder',
  'workspace/remove-tree.ts': 'the module itself: empties each folder through its descriptor',
  'workspace/check-tree.ts':
    'the module itself: reads and removes links through the descriptor of their folder',

  'workspace/python/environment.ts':
    "looks at the user's environments of Python, which no sandbox can write; reads small files only",
  'workspace/python/programs-folder.ts':
    "makes a folder of Canopy's own, which every sandbox is shown read-only",
  'workspace/bring/bring-folder.ts':
    "folders in Canopy's own cache and clone; a file of a worktree is looked at with lstat in its opened folder",
  'workspace/durable-file.ts': "records in Canopy's own folders, which no sandbox is shown",
  'workspace/accept-files.ts': 'lists a folder that the user named; reads and writes by worktree-files.ts',
  'workspace/clone.ts': "Canopy's own clone, which no sandbox is shown",
  'workspace/exchange/code-bundle.ts': "the file `shallow` of Canopy's own clone",
  'workspace/exchange/dependency-archive.ts':
    "the user's packages, read by tar; a fresh folder of Canopy's own, renamed",
  'workspace/exchange/unpack.ts':
    "an archive from Canopy's scratch folder to another file there; tar runs in the sandbox",
  'gates/advisories.ts': "the user's own file of advisories",
  'gates/npm-audit.ts': "a folder of Canopy's own, made for one question",
  'workspace/git.ts': "the settings of Canopy's own git; where git runs is decided by its callers",
  'workspace/git-folders.ts':
    "the user's own .git, each part looked at with lstat and refused when it is a link",
  'workspace/repository-view.ts': "a folder of Canopy's own with links to checked parts of the user's .git",
  'workspace/user-repository.ts': "the data directory's real path",
  'workspace/workspace.ts': 'the real paths of the data directory and of what the user named',
  'workspace/worktree-changes.ts': "the private index of a worktree, in Canopy's own clone",
  'workspace/worktree-repository.ts': "a folder of Canopy's own, which the sandbox shows read-only",
  'workspace/install/install.ts':
    "a fresh folder of Canopy's own; when nothing runs in it any more it is looked at with lstat",
  'workspace/install/package-manager.ts': "the user's programs on the PATH; a folder in Canopy's own cache",
  'workspace/install/registry-server.ts': "a temporary folder of Canopy's own for one socket",
  'workspace/egress.ts': "a temporary folder of Canopy's own for one socket",
  'agents/commands/command-home.ts': "reads login files that the user named, in the user's home",
  'workspace/dependencies.ts': "folders in Canopy's own cache, renamed when they are whole",
  'workspace/own-packages.ts': "looks at the user's node_modules with lstat, before it is used",
  'workspace/installed-files.ts': 'names, sizes and times of installed packages, by lstat; opens nothing',
  'workspace/link-dependencies.ts':
    'lists the packages of a folder that was checked; makes links by worktree-files.ts',
  'workspace/own-programs.ts':
    'the manifest of an installed package, in a folder that was checked; asks a worktree by lstat alone',
  'workspace/runners/installed-package.ts': 'the real folder of a package in a folder that was checked',
  'workspace/survey/find-node.ts':
    "asks the user's Node on the PATH; lists the user's folders of version managers",
  'workspace/sandbox/bubblewrap.ts': 'asks bubblewrap which options it has',
  'workspace/sandbox/fence.ts': "the system's own folders",
  'workspace/sandbox/cgroup.ts': "the kernel's files for cgroups",
  'workspace/sandbox/disk-use.ts': 'sizes and times of what a command wrote, by lstat; opens nothing',
  'workspace/sandbox/child.ts': 'starts the sandbox',
  'workspace/sandbox/host-sockets.ts': 'looks for sockets below what is mounted, and reads nothing',
  'workspace/sandbox/mount-sources.ts': 'opens what is mounted name by name, and refuses links',
  'workspace/sandbox/inherited-descriptors.ts': 'closes descriptors',
  'workspace/sandbox/unsandboxed.ts': "a temporary folder of Canopy's own",
  'workspace/sandbox/usage.ts': 'reads /proc',
  'agents/prompts/prompts.ts': 'reads the prompts of this package',
  'agents/tools/inside/search.ts': 'runs inside the sandbox',

  'analysis/map/sources.ts':
    'reads regular files by checked paths, without following a link, when nothing runs in the worktree',

  'testgen/writer.ts': 'the real path of the packages of this program',
  'testgen/main.ts': 'runs inside the sandbox, and so does all that it loads',
  'testgen/child-process.ts': 'runs inside the sandbox',
  'testgen/specifier.ts': 'runs inside the sandbox',
  'testgen/transpile.ts': 'runs inside the sandbox',
  'testgen/write-tests.ts': 'runs inside the sandbox',
  'testgen/analyse/examples.ts': 'runs inside the sandbox',
  'testgen/analyse/program.ts': 'runs inside the sandbox',
  'testgen/inside/main.ts': 'runs inside the sandbox',

  'cli/launch.js': 'starts the Node that runs this program; no TypeScript can be loaded before that',
}
