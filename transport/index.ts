export {
  type Connection,
  type ConnectionState,
  type ConnectOptions,
  connectNats,
} from './connect-nats.ts'
export type { Control, ControlHandler, Reply } from './control.ts'
export { type MailOptions, openMail } from './mail/open-mail.ts'
export { type MemoryMail, type MemoryMailOptions, openMemoryMail } from './mail/open-memory-mail.ts'
export type { Delivery, Envelope, Mail, Receiver, Undecodable } from './mail.ts'
export { type RunningServer, runningServer } from './nats-server/server-file.ts'
export {
  type NatsServer,
  type NatsServerOptions,
  type ServerExit,
  startNatsServer,
} from './nats-server/start-nats-server.ts'
export { TransportError, type TransportErrorCode } from './transport-error.ts'
