// Run control
//
// Owns:   the verbs that a run answers; each request becomes a fact and an entry in the audit log.
// Leaves: what each verb does (actors/, app/nodes/, run-verbs.ts), how requests arrive (transport/).

import {
  controlHandlers,
  deadLetterHandlers,
  type Frame,
  inspectionVerbs,
  type NodeView,
  sendAskedReplays,
} from '../../actors/index.ts'
import type { Backups } from '../../persistence/index.ts'
import { type Control, openControl, retireUnit } from '../../transport/index.ts'
import { isNoted, requestFact } from '../audit/request-fact.ts'
import { verbHandlers } from '../control/control-verb.ts'
import { POOL } from '../nodes/home-records.ts'
import { hearNews } from '../nodes/news.ts'
import { type NodeRegistry, openNodeRegistry } from '../nodes/node-registry.ts'
import { buildOf, HOME, unitOf } from '../nodes/presence.ts'
import { reachAll } from '../nodes/reach.ts'
import type { Opening } from './opening.ts'
import type { RunFacts } from './run-facts.ts'
import type { RunParts } from './run-tree.ts'
import { runVerbs } from './run-verbs.ts'

/** Serves all verbs of the run; until the registry is closed, nodes are taken. */
export async function serveControl(
  opening: Opening,
  parts: RunParts,
  { tree, backups }: { readonly tree: NodeView; readonly backups: Backups },
): Promise<NodeRegistry> {
  const { settings, opened, trouble } = opening
  const { storage, transport, facts, home } = parts
  const { connection, system, mail } = transport
  const control = openControl({ connection, system, sender: HOME })
  const letters = {
    store: storage.store,
    deliver: { check: tree.check.bind(tree), publish: mail.publish.bind(mail) },
  }
  const handlers = controlHandlers(tree, mail, () => ({
    ...facts.readers.status(tree.actors, tree.records),
    audit: facts.auditLog.head,
  }))
  const registry = openRunRegistry(opening, parts)
  const about = { workers: settings.workers, since: Date.now(), build: buildOf(opening.version) }
  const publish = (frame: Frame): void => control.tell('inspection', frame)
  const inspection = opened.adopt(inspectionVerbs({ node: tree, publish }), (each) => each.close())
  const ask = (unit: string) => {
    const there = openControl({ connection, system, unit, sender: HOME })
    return there.request.bind(there)
  }
  const verbs = {
    ...handlers,
    ...deadLetterHandlers(letters),
    ...home.verbs(registry),
    ...reachAll({ ...handlers, ...inspection.handlers }, { registry, ask }),
    ...verbHandlers(runVerbs, { tree, backups, registry, about }),
  }
  await serveNoted(control, verbs, facts)
  opened.defer(await hearNews(control, facts.tell))
  for (const { id, outcome, message } of await sendAskedReplays(letters)) {
    trouble(`dead letter ${id}: its replay was ${outcome}${message === undefined ? '' : ` (${message})`}`)
  }
  return registry
}

function openRunRegistry({ version, opened, trouble }: Opening, { transport, home }: RunParts): NodeRegistry {
  const { connection, system, leases, mail } = transport
  const registry = openNodeRegistry({
    leases,
    mail,
    pool: POOL,
    build: buildOf(version),
    async retire(node) {
      home.forget(node)
      await retireUnit(connection, system, unitOf(node))
    },
    trouble,
  })
  opened.defer(() => registry.close())
  return registry
}

async function serveNoted(
  control: Control,
  verbs: Parameters<Control['serve']>[0],
  { tell, audit }: RunFacts,
): Promise<void> {
  await control.serve(verbs, async (answered) => {
    if (!isNoted(answered)) return
    const fact = requestFact(answered)
    tell(fact)
    await audit.request(fact)
  })
}
