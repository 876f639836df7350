// Agent words
//
// Texts from an agent's machine to its model: short, with the next thing to do.
// Leaves: the task (agent-brief.ts), texts of the tools.

export const words = {
  silent:
    'You called no tool, so nothing happened. Go on with a tool; when the work is finished, hand it in with `submit`.',
  cutOff:
    'Your answer was cut off because it was too long, and nothing of it was done. Be concise: one small step, no long texts.',
  broken:
    'A call could not be read and was not carried out. Give its arguments as one complete JSON object, smaller if need be.',
  goOn: 'Go on.',
  nudge:
    'Your last step repeated an earlier one and changed nothing. Do not repeat it: say in one sentence what you know now, then do something you have not done yet.',
  idle: 'You have changed nothing for a long time. Begin with the change now, in its smallest form, or `submit` with the outcome `nothing_to_do` or `cannot` and say why.',
  strategy:
    'You are going in circles; the next repetition ends this attempt. Drop the approach you have. Write a `note` with what does not work, then take a different way; if there is none, `submit` with the outcome `cannot` and say why.',
} as const

export type AgentPhrase = keyof typeof words
