// Main
//
// The source's side: one process for each connection, with nothing in it but the source.
//
// Nothing here reveals its purpose: no variable, no argument, no name of a test runner.

'use strict'

const { execFileSync, spawn } = require('node:child_process')
const { constants, openSync, read, writeSync } = require('node:fs')
const { join } = require('node:path')

const [pipes, app, shift = '0'] = process.argv.slice(2)
const door = join(pipes, 'door')
execFileSync('mkfifo', ['-m', '600', door])
const open = (path) => openSync(path, constants.O_RDWR | constants.O_NOFOLLOW)

const entrance = open(door)
const heard = Buffer.alloc(4096)
let rest = ''

function listen() {
  read(entrance, heard, 0, heard.length, null, (error, count) => {
    if (error) throw error
    const names = `${rest}${heard.subarray(0, count)}`.split('\n')
    rest = names.pop()
    for (const name of names) begin(name)
    listen()
  })
}

function begin(name) {
  const [input, output] = [open(join(pipes, `${name}.there`)), open(join(pipes, `${name}.back`))]
  const child = spawn(process.execPath, [join(__dirname, 'app.cjs'), shift], {
    cwd: app,
    stdio: ['ignore', 'inherit', 'inherit', input, output],
  })
  child.once('exit', (code, signal) => tellGone(output, signal ?? `code ${code}`))
}

function tellGone(output, reason) {
  const body = Buffer.from(JSON.stringify({ gone: reason }))
  const head = Buffer.alloc(4)
  head.writeUInt32LE(body.length)
  writeSync(output, Buffer.concat([head, body]))
}

listen()
