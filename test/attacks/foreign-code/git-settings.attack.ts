// Every setting of git's documentation that names a program, a file of settings or a transport, all at once.

import { join } from 'node:path'
import { git, write } from '../../workspace/repositories.ts'
import type { Attack } from '../attack.ts'
import { type HostileRepository, withHostile } from './hostile-repository.ts'

const PROGRAMS = [
  ...['core.editor', 'core.pager', 'core.askPass', 'core.sshCommand', 'core.gitProxy', 'core.fsmonitor'],
  ...['core.alternateRefsCommand', 'credential.helper', 'credential.https://x.helper', 'diff.external'],
  ...['diff.x.command', 'diff.x.textconv', 'difftool.x.cmd', 'merge.x.driver', 'mergetool.x.cmd'],
  ...['filter.x.clean', 'filter.x.smudge', 'gpg.program', 'gpg.openpgp.program'],
  ...['gpg.ssh.program', 'gpg.x509.program', 'gpg.ssh.defaultKeyCommand', 'interactive.diffFilter'],
  ...['man.x.cmd', 'browser.x.cmd', 'guitool.x.cmd', 'pager.status', 'pager.log', 'pager.show', 'pager.diff'],
  ...['sendemail.sendmailCmd', 'sendemail.toCmd', 'sendemail.ccCmd', 'sendemail.headerCmd', 'imap.tunnel'],
  ...['sequence.editor', 'tar.tar.gz.command', 'trailer.x.command', 'trailer.x.cmd', 'instaweb.httpd'],
  ...['uploadpack.packObjectsHook', 'remote.origin.uploadpack', 'remote.origin.receivepack'],
  ...['gc.recentObjectsHook', 'hook.x.command', 'http.proxy', 'remote.origin.proxy', 'bundle.x.uri'],
]
const SHELL = ['alias.status', 'alias.fetch', 'alias.rev-parse', 'alias.upload-pack', 'submodule.x.update']
const SWITCHES: Readonly<Record<string, string>> = {
  ...{ 'diff.tool': 'x', 'merge.tool': 'x', 'hook.x.event': 'pre-commit', 'web.browser': 'x' },
  ...{ 'filter.x.required': 'true', 'commit.gpgSign': 'true', 'tag.gpgSign': 'true', 'gc.auto': '1' },
  ...{ 'maintenance.auto': 'true', 'status.submoduleSummary': 'true', 'core.untrackedCache': 'true' },
  ...{ 'fetch.recurseSubmodules': 'true', 'submodule.recurse': 'true', 'protocol.ext.allow': 'always' },
  ...{ 'merge.verifySignatures': 'true', 'log.showSignature': 'true', 'core.fsmonitorHookVersion': '2' },
  ...{ 'remote.origin.promisor': 'true', 'safe.directory': '*', 'fetch.writeCommitGraph': 'true' },
}
const HOOKS = [
  ...[
    'applypatch-msg',
    'commit-msg',
    'fsmonitor-watchman',
    'post-applypatch',
    'post-checkout',
    'post-commit',
  ],
  ...['post-index-change', 'post-merge', 'post-receive', 'post-rewrite', 'post-update', 'pre-applypatch'],
  ...['pre-auto-gc', 'pre-commit', 'pre-merge-commit', 'pre-push', 'pre-rebase', 'pre-receive'],
  ...[
    'prepare-commit-msg',
    'proc-receive',
    'push-to-checkout',
    'reference-transaction',
    'sendemail-validate',
  ],
  'update',
]
const ATTRIBUTES = '* filter=x diff=x merge=x\n'

/** Everything by its setting, in the repository's own file, the worktree's and one that they include. */
function arm(repository: HostileRepository): void {
  const { path } = repository
  const folder = join(path, '.git')
  const set = (file: string, name: string, value: string) => git(path, 'config', '--file', file, name, value)
  const settings = { ...SWITCHES, ...programsOf(repository) }
  for (const file of ['config', 'included', 'config.worktree'])
    for (const [name, value] of Object.entries(settings)) set(join(folder, file), name, value)
  const command = `ext::${repository.program('transport')} %S`
  const more = {
    ...{ 'include.path': 'included', 'includeIf.gitdir:/.path': join(folder, 'included') },
    ...{ 'core.hooksPath': join(folder, 'other-hooks'), 'core.attributesFile': join(folder, 'attributes') },
    ...{ 'remote.origin.url': command, [`url.${command}.insteadOf`]: '/', 'init.templateDir': folder },
    'core.worktree': path,
  }
  for (const [name, value] of Object.entries(more)) set(join(folder, 'config'), name, value)
  write(folder, { attributes: ATTRIBUTES, 'info/attributes': ATTRIBUTES })
  for (const hook of HOOKS)
    for (const place of ['hooks', 'other-hooks']) repository.program(hook, join(folder, place))
}

function programsOf(repository: HostileRepository): Record<string, string> {
  const named = PROGRAMS.map((name) => [name, repository.program(name.replaceAll(/[^\w.]/g, '-'))])
  const shell = SHELL.map((name) => [name, `!${repository.program(name)}`])
  return Object.fromEntries([...named, ...shell])
}

export const attack: Attack = {
  title: 'a repository names a program in every setting of git that can, to have one run on the host',
  play: () =>
    withHostile(
      (repository) => {
        arm(repository)
        // Git compares a file with the index by its filter when its time is another one.
        write(repository.path, { 'README.md': '# Sample\n' })
        return repository.goThrough()
      },
      { '.gitattributes': ATTRIBUTES },
    ),
}
