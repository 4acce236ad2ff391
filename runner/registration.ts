import { collectFacts } from './facts.ts'
import type { Home } from './home.ts'
import { type Identity, loadIdentity, openKey, publicKeyOf, saveIdentity } from './identity.ts'
import { enrolmentReply } from './protocol/enrolment.ts'
import { connect } from './server.ts'

export type RegistrationOptions = {
  server: string
  token: string
  name?: string
  updates?: boolean
  releaseKey?: string
}

/** Exchanges a single-use token for an identity of our own. Throws with what to do. */
export const register = async (
  home: Home,
  options: RegistrationOptions,
): Promise<Identity & { isPending: boolean }> => {
  const known = loadIdentity(home)
  if (known) {
    throw new Error(
      `${home.root} is registered already, as ${known.name} with ${known.server}; choose another --home, or remove this one first.`,
    )
  }
  const url = parseServer(options.server)
  const server = connect(url)
  try {
    const answer = await server.send(enrolmentReply, {
      path: '/enrolments',
      json: {
        token: options.token,
        publicKey: publicKeyOf(openKey(home)),
        ...(options.name && { name: options.name }),
        facts: collectFacts(home.root),
      },
    })
    if (!answer.ok) {
      const advice =
        answer.failure.kind === 'refused'
          ? 'Make a new registration command in the portal under Infrastructure.'
          : 'Check the address and that the server can be reached from here.'
      throw new Error(`${url} did not take the registration: ${answer.message}. ${advice}`)
    }
    const { runnerId, spaceId, name, isPending } = answer.value
    const { updates, releaseKey } = options
    const identity: Identity = {
      server: url,
      runnerId,
      spaceId,
      name,
      ...(updates === false && { updates }),
      ...(releaseKey && { releaseKey }),
    }
    saveIdentity(home, identity)
    return { ...identity, isPending: isPending ?? false }
  } finally {
    server.close()
  }
}

const parseServer = (text: string): string => {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text))
    throw new Error(`--server must be an http or https address, found ${text}.`)
  return new URL(text).href.replace(/\/+$/, '')
}
