// Command agent: a small program that plays an agent command. It carries out the calls of a script in its working
// directory with its own hands, prints what it was to hand in, and speaks one protocol. It imports nothing: the sandbox
// shows it no other file.
//
//     node command-agent.ts PROTOCOL SCRIPT     SCRIPT: a JSON file with a list of calls for each prompt

import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

interface Call {
  readonly name: string
  readonly input: Readonly<Record<string, unknown>>
}

const [protocol = 'command', script = ''] = process.argv.slice(2)
const prompts: Call[][] = JSON.parse(readFileSync(script, 'utf8'))

/** Carries out the calls for the prompt of that number, from 0; returns its last message. */
function work(number: number): string {
  let last = 'I did what I could.'
  for (const call of prompts[Math.min(number, prompts.length - 1)] ?? []) last = carryOut(call) ?? last
  return last
}

function carryOut({ name, input }: Call): string | undefined {
  const path = String(input.path ?? '')
  try {
    if (name === 'write') {
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, String(input.content))
    }
    if (name === 'read') readFileSync(path, 'utf8')
    if (name === 'edit')
      writeFileSync(
        path,
        readFileSync(path, 'utf8').replace(String(input.old), () => String(input.new)),
      )
    if (name === 'run' && input.command === 'shell')
      spawnSync('/bin/sh', ['-c', String(input.script)], { stdio: 'ignore', timeout: 20_000 })
    if (name === 'git') execFileSync('git', input.args as string[], { stdio: 'ignore' })
  } catch {
    // It tries what it may not do, too.
  }
  if (name === 'hang') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  return name === 'submit' ? `All done.\n\n\`\`\`json\n${JSON.stringify(input)}\n\`\`\`` : undefined
}

const handedIn = (prompt: string): number => prompt.split('# What you handed in').length - 1

async function all(stream: NodeJS.ReadStream): Promise<string> {
  let text = ''
  for await (const chunk of stream) text += String(chunk)
  return text
}

if (protocol === 'command') process.stdout.write(work(handedIn(await all(process.stdin))))
