import { createCipheriv, randomBytes } from 'node:crypto'
import type { OutputVariable } from '../protocol/messages.ts'

/** Output variables as they may lie on this disk and travel: `base64(iv).base64(ciphertext+tag)`,
 *  AES-256-GCM; null when there are none. */
export const sealOutputs = (outputs: readonly OutputVariable[], key: string): string | null => {
  if (outputs.length === 0) return null
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', Buffer.from(key, 'base64'), iv)
  const text = Buffer.from(JSON.stringify(outputs))
  const sealed = Buffer.concat([cipher.update(text), cipher.final(), cipher.getAuthTag()])
  return `${iv.toString('base64')}.${sealed.toString('base64')}`
}
