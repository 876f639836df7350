// Forwarder
//
// Inside the sandbox: forwards a port on loopback to the one socket that leads out, while a command runs.
//
// Usage: forwarder.js SOCKET PORT COMMAND ARGS...
import { spawn } from 'node:child_process'
import { connect, createServer } from 'node:net'

const [socket = '', port = '', command = '', ...args] = process.argv.slice(2)

const server = createServer((inner) => {
  const outer = connect(socket)
  inner.on('error', () => outer.destroy())
  outer.on('error', () => inner.destroy())
  inner.pipe(outer).pipe(inner)
})

server.on('error', (error) => {
  process.stderr.write(`${error.message}\n`)
  process.exit(125)
})
server.listen(Number(port), '127.0.0.1', () => {
  const child = spawn(command, args, { stdio: 'inherit' })
  child.on('error', (error) => {
    process.stderr.write(`${error.message}\n`)
    process.exit(127)
  })
  child.on('exit', (code) => process.exit(code ?? 1))
})
