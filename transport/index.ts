export type { Control, ControlHandler, Reply } from './control.ts'
export type { Delivery, Envelope, Mail, Undecodable } from './mail.ts'
