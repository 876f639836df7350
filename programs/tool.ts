// Tool
//
// Owns:   the description of a program that Canopy runs and does not bring along: its name, how it shows that it
//         works, where it can be fetched, and the command by which a person installs it.
// Leaves: finding and fetching it (find-tool.ts), running it (the rooms that are given its path).

export interface ProgramTool {
  readonly name: string
  /** The file's name, on the PATH and in an archive or package. */
  readonly binary: string
  /** Arguments that make it tell its version and end at once, with exit code 0. */
  readonly probe: readonly string[]
  readonly release?: Release
  /** The package's name in Debian and Ubuntu. */
  readonly debianPackage?: string
  /** What a person types to install it. */
  readonly commands: { readonly linux: string; readonly darwin?: string }
}

/** An archive (tar.gz) that its makers publish, one a platform. */
interface Release {
  readonly version: string
  /** By `<process.platform>-<process.arch>`. A platform that is not listed is not fetched: nothing unchecked is run. */
  readonly archives: Readonly<Record<string, ToolArchive>>
}

export interface ToolArchive {
  readonly url: string
  readonly sha256: string
}

const NATS_VERSION = '2.11.17'
const natsArchive = (platform: string, sha256: string): ToolArchive => ({
  url: `https://github.com/nats-io/nats-server/releases/download/v${NATS_VERSION}/nats-server-v${NATS_VERSION}-${platform}.tar.gz`,
  sha256,
})

/** The NATS server: https://github.com/nats-io/nats-server */
export const natsServerTool: ProgramTool = {
  name: 'nats-server',
  binary: 'nats-server',
  probe: ['--version'],
  release: {
    version: NATS_VERSION,
    archives: {
      'linux-x64': natsArchive(
        'linux-amd64',
        'ad608dd0ea8bbfa58c40e3b8f58ed67478eec26166ec49c502db8d17589b51b5',
      ),
      'linux-arm64': natsArchive(
        'linux-arm64',
        'd21df24f262f34f8bf6d1f0bca557c08429e433fd9f60f6983105539ae517feb',
      ),
      'darwin-arm64': natsArchive(
        'darwin-arm64',
        'e17d11c5e9cb0824e003013304ba3d96ca24adbff9998084c746869c0347be9b',
      ),
    },
  },
  debianPackage: 'nats-server',
  commands: { linux: 'sudo apt-get install -y nats-server', darwin: 'brew install nats-server' },
}

/** The sandbox: https://github.com/containers/bubblewrap (Linux only; its makers publish no binaries). */
export const bubblewrapTool: ProgramTool = {
  name: 'bubblewrap',
  binary: 'bwrap',
  probe: ['--version'],
  debianPackage: 'bubblewrap',
  commands: { linux: 'sudo apt-get install -y bubblewrap' },
}
