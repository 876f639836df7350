export { accountsConfiguration, withClaims } from './access/accounts.ts'
export { type CredentialIdentity, type Credentials, identityIn } from './access/credentials.ts'
export {
  createKeyring,
  type IssueOrder,
  issue,
  type KeyRecord,
  type Keyring,
  type KeyringMember,
  keyringSchema,
  memberIn,
  revoked,
  withMember,
} from './access/keyring.ts'
export {
  changesSomething,
  HOME,
  type MemberRole,
  type PermissionRow,
  type Right,
  roles,
  table,
  type VerbClass,
} from './access/roles.ts'
export {
  type Connection,
  type ConnectionState,
  type ConnectOptions,
  connectNats,
  isLoopback,
  type TlsFiles,
} from './connect-nats.ts'
export { isConnectionLost } from './connection-lost.ts'
export { type ControlOptions, openControl } from './control/open-control.ts'
export { type MemoryControl, openMemoryControl } from './control/open-memory-control.ts'
export type { Control, ControlErrorCode, ControlExchange, ControlHandler, ControlReply } from './control.ts'
export { ENVELOPE_LIMIT, MEMBER_LIMIT } from './envelope.ts'
export { type LeasesOptions, openLeases } from './leases/open-leases.ts'
export { memorySlots, openMemoryLeases } from './leases/open-memory-leases.ts'
export type { Slot, Slots, SlotWriteResult } from './leases/slots.ts'
export type {
  AcquireResult,
  Lease,
  LeaseEnd,
  Leases,
  LeaseTimes,
  LeaseView,
} from './leases.ts'
export { renewConsumerOf } from './mail/mail-consumer.ts'
export { type MailOptions, openMail, type StreamRecord } from './mail/open-mail.ts'
export { type MemoryMail, type MemoryMailOptions, openMemoryMail } from './mail/open-memory-mail.ts'
export { retireMail, retireUnit, systemsOn } from './mail/retire.ts'
export type { Delivery, Envelope, Mail, MailReceiver, Undecodable } from './mail.ts'
export { type RunningServer, runningServer } from './nats-server/server-file.ts'
export {
  type NatsServer,
  type NatsServerOptions,
  roleKeyring,
  type ServerExit,
  startNatsServer,
} from './nats-server/start-nats-server.ts'
export { type MemoryObjects, openMemoryObjects } from './objects/open-memory-objects.ts'
export { type ObjectsOptions, openObjects, retireObjects } from './objects/open-objects.ts'
export type { Bytes, Objects } from './objects.ts'
export { decodeAddress, encodeAddress, factSubject, mailNames, memberOf } from './subjects.ts'
export { TransportError, type TransportErrorCode } from './transport-error.ts'
