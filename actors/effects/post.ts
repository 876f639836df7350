// Post
//
// Owns:   passing mail to the transport, once for each outbox entry at a time, in the order of the sender.
// Leaves: repeating it after a crash (the outbox), recognising duplicates (the receiver's record).

import type { ActorRecord, Effect } from '../../kernel/index.ts'
import type { Envelope, Mail } from '../../transport/index.ts'

type MailEffect = Effect & { kind: 'mail' }

export class MailPoster {
  readonly #mail: Mail
  readonly #underWay = new Map<string, Promise<void>>()

  constructor(mail: Mail) {
    this.#mail = mail
  }

  /** `refused` is called with the reason when it can never be delivered. No callback is called when the mail was closed. */
  send(
    sender: Pick<ActorRecord, 'address' | 'birth'>,
    key: string,
    effect: MailEffect,
    accepted: () => void,
    refused: (reason: string) => void,
  ): void {
    if (this.#underWay.has(key)) return
    const done = this.#mail.publish(envelope(sender, effect)).then(
      (receipt) => {
        this.#underWay.delete(key)
        if (receipt === 'accepted') accepted()
        else refused('mailbox_full')
      },
      (error: { code?: unknown }) => {
        this.#underWay.delete(key)
        // The mail is closed: the outbox still has the entry, and the next start sends it.
        if (error.code !== 'closed') refused(String(error.code ?? error))
      },
    )
    this.#underWay.set(key, done)
  }

  /** Resolves when the transport has accepted these entries. */
  async sent(keys: Iterable<string>): Promise<void> {
    for (const key of keys) await this.#underWay.get(key)
  }
}

function envelope({ address, birth }: Pick<ActorRecord, 'address' | 'birth'>, effect: MailEffect): Envelope {
  const { to, number, event } = effect
  return { id: `${address}/${birth}/${number}@${to}`, to, from: { address, birth, number }, event }
}
