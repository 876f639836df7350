// A program that starts a server and waits to be killed. Arguments: binary, directory.
// It says where the server is in one line of JSON.

import { startNatsServer } from '../../transport/index.ts'

const [binary = '', directory = ''] = process.argv.slice(2)
process.on('SIGINT', () => {})
const server = await startNatsServer({ binary, directory })
process.stdout.write(
  `${JSON.stringify({ url: server.url, credentials: server.credentials.main, pid: server.pid })}\n`,
)
setInterval(() => {}, 1000)
