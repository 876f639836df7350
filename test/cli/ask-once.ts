// A program that asks a model once and prints what came of it: for a test of the way to the model.
//
//     node ask-once.ts <base URL>

import { openModel } from '../../providers/index.ts'
import { asking, patient } from '../contracts/model.ts'

const [, , baseUrl = ''] = process.argv
const place = {
  name: 'local/large',
  protocol: 'openai-chat',
  baseUrl,
  stream: false,
  key: () => 'test-key',
} as const
process.stdout.write(JSON.stringify(await openModel(place).send(asking(), patient())))
