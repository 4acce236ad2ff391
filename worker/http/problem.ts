export type ProblemCode =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'method_not_allowed'
  | 'conflict'
  | 'too_large'
  | 'too_many_requests'
  | 'unavailable'

export const STATUS: Record<ProblemCode, number> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  too_large: 413,
  too_many_requests: 429,
  unavailable: 503,
}

export type ProblemDetail = {
  /** One sentence per thing that is wrong, when there are several or they belong to fields. */
  errors?: string[]
  /** Field name → sentence, for forms. */
  fields?: Record<string, string>
  /** Seconds after which trying again makes sense. */
  retryAfter?: number
  /** The methods that would have been possible. */
  allow?: string[]
}

/** Something a person should read: what was expected, what was found, what to do. Anything else
 *  that is thrown is our defect and is shown as an internal error. */
export class Problem extends Error {
  readonly code: ProblemCode
  readonly detail: ProblemDetail
  constructor(code: ProblemCode, message: string, detail: ProblemDetail = {}) {
    super(message)
    this.name = 'Problem'
    this.code = code
    this.detail = detail
  }
  get status(): number {
    return STATUS[this.code]
  }
}

export const invalid = (message: string, fields?: Record<string, string>) =>
  new Problem('invalid', message, fields ? { fields, errors: Object.values(fields) } : {})

/** The same words whether the thing is missing or merely not this caller's. */
export const notFound = (id: string) =>
  new Problem('not_found', `The resource '${id.slice(0, 200)}' was not found.`)

/** The body of an error as the API's clients read it. A 404 never has `Errors`: one of them would
 *  take it for another kind of failure. The message is never repeated in `Errors`. */
export const problemBody = (problem: Problem) => {
  const errors = problem.detail.errors ?? []
  const several = errors.some(error => error !== problem.message)
  return {
    ErrorMessage: several && problem.code === 'invalid' ? GENERAL : problem.message,
    ...(problem.code !== 'not_found' && {
      Errors: several ? errors : [],
      ParsedHelpLinks: [],
    }),
    ...(problem.detail.fields && { Details: problem.detail.fields }),
  }
}

const GENERAL = 'There was a problem with your request.'
