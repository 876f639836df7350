// User skills
//
// The skills of the user, from folders that the user names: listed for every agent, and read by a tool.
// Leaves: the form of a skill (skill-file.ts).
//
// K1. The tool reads below the folder of a skill that was found when the run began, and follows no link.

import { basename } from 'node:path'
import { z } from 'zod'
import { FileRefused, listInside, plainPath, readInside } from '../../workspace/index.ts'
import { defineTool, failure, success, type ToolContext } from '../tools/tool.ts'
import { noUserTools, type UserTools } from '../user-tools.ts'
import { SKILL_FILE, type SkillFile, skillFile } from './skill-file.ts'

interface UserSkill extends Pick<SkillFile, 'name' | 'description'> {
  /** The folder that the user named. */
  readonly root: string
  /** Below it. */
  readonly folder: string
}

const MAX_SKILLS = 50
const MAX_LISTED = 6_000
const MAX_BYTES = 256 * 1024
const MAX_CHARACTERS = 30_000
const MAX_NAMES = 100

const inputSchema = z.strictObject({
  name: z.string().min(1).describe('The name of the skill'),
  file: z.string().min(1).optional().describe(`A file of its folder; ${SKILL_FILE} if absent`),
})

/** `folders`: each has a folder for each skill. Gets a sentence for what is left out. */
export async function userSkills(
  folders: readonly string[],
  notice: (sentence: string) => void,
): Promise<UserTools> {
  const skills = new Map<string, UserSkill>()
  for (const root of folders) {
    const found = await skillsIn(root)
    if (found.length === 0) notice(`no skill was found in ${root}: it needs folders with a ${SKILL_FILE}`)
    for (const skill of found) if (!skills.has(skill.name)) skills.set(skill.name, skill)
  }
  if (skills.size > MAX_SKILLS)
    notice(`${skills.size - MAX_SKILLS} skills are left out: at most ${MAX_SKILLS} are listed`)
  const listed = [...skills.values()].slice(0, MAX_SKILLS)
  if (listed.length === 0) return noUserTools
  const tool = defineTool({
    name: 'skill',
    effect: 'reads',
    description: describe(listed),
    input: inputSchema,
    async use(_context, { name, file = SKILL_FILE }) {
      const skill = listed.find((each) => each.name === name)
      if (skill === undefined)
        return failure(`There is no skill ${name}. There are ${listed.map((each) => each.name).join(', ')}.`)
      try {
        return success(await shown(skill, file))
      } catch (error) {
        if (error instanceof FileRefused) return failure(error.message)
        throw error
      }
    },
  })
  return {
    ...noUserTools,
    tools: [{ tool: tool.tool, effect: tool.effect }],
    // It uses nothing of a worktree.
    use: ({ input, signal }) => tool.use({} as ToolContext, input, signal),
  }
}

function describe(skills: readonly UserSkill[]): string {
  let left = MAX_LISTED
  const lines = skills.map(({ name, description }) => {
    left -= name.length + description.length
    return left < 0 ? `- ${name}` : `- ${name}: ${description}`
  })
  return `Reads a skill that the user wrote: how a kind of work is to be done. Read one before you begin work that its description fits, and follow it as far as your instructions and the task allow. The skills are:\n${lines.join('\n')}`
}

async function skillsIn(root: string): Promise<UserSkill[]> {
  const names = (await entriesOf(root, '')).toSorted()
  const found: UserSkill[] = []
  for (const folder of names) {
    const text = await readText(root, `${folder}/${SKILL_FILE}`).catch(refusedAs(undefined))
    const skill = text === undefined ? undefined : skillFile(text, basename(folder))
    if (skill) found.push({ name: skill.name, description: skill.description, root, folder })
  }
  return found
}

/** K1. */
async function shown({ root, folder, name }: UserSkill, file: string): Promise<string> {
  const within = plainPath(`${root}/${folder}`, file)
  const text = await readText(root, `${folder}/${within}`)
  if (text === undefined) throw new FileRefused(`The skill ${name} has no file ${within}.`)
  const body = within === SKILL_FILE ? (skillFile(text, folder)?.body ?? text) : text
  const cut =
    body.length <= MAX_CHARACTERS
      ? body
      : `${body.slice(0, MAX_CHARACTERS)}\n[${body.length - MAX_CHARACTERS} more characters]`
  if (within !== SKILL_FILE) return cut
  const others = (await filesBelow(root, folder)).filter((path) => path !== SKILL_FILE)
  const place = `Commands find this skill in ${root}/${folder}.`
  return others.length === 0 ? cut : `${cut}\n\n[Its other files: ${others.join(', ')}. ${place}]`
}

/** Undefined when there is none; refuses what is not text. */
async function readText(root: string, path: string): Promise<string | undefined> {
  const file = await readInside(root, path, MAX_BYTES)
  if (file === undefined) return undefined
  if (file.bytes.includes(0)) throw new FileRefused(`${path} is not text`)
  return file.bytes.toString('utf8')
}

/** Of the folder and of the folders in it. */
async function filesBelow(root: string, folder: string): Promise<string[]> {
  const names: string[] = []
  for (const name of (await entriesOf(root, folder)).toSorted()) {
    const inner = await entriesOf(root, `${folder}/${name}`)
    names.push(...(inner.length === 0 ? [name] : inner.toSorted().map((each) => `${name}/${each}`)))
  }
  return names.slice(0, MAX_NAMES)
}

const entriesOf = async (root: string, path: string): Promise<string[]> =>
  (await listInside(root, path).catch(refusedAs(undefined))) ?? []

/** What a refused file counts as. */
function refusedAs<Value>(value: Value): (error: unknown) => Value {
  return (error) => {
    if (error instanceof FileRefused) return value
    throw error
  }
}
