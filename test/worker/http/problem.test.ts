import { describe, expect, it } from 'vitest'
import { invalid, notFound, Problem, problemBody, STATUS } from '../../../worker/http/problem.ts'

describe('the body of an error', () => {
  it('of a missing resource has no Errors, or a client would not know it for what it is', () => {
    expect(problemBody(notFound('Projects-9'))).toEqual({
      ErrorMessage: "The resource 'Projects-9' was not found.",
    })
  })

  it('does not repeat the message among the errors', () => {
    expect(problemBody(invalid('Name: is missing.'))).toEqual({
      ErrorMessage: 'Name: is missing.',
      Errors: [],
      ParsedHelpLinks: [],
    })
    expect(
      problemBody(new Problem('invalid', 'Name: is missing.', { errors: ['Name: is missing.'] })),
    ).toMatchObject({ ErrorMessage: 'Name: is missing.', Errors: [] })
  })

  it('lists several errors under a general message, and names the fields', () => {
    const fields = { Name: 'Name: is missing.', Take: 'Take: is not a number.' }
    expect(problemBody(invalid(Object.values(fields).join(' '), fields))).toEqual({
      ErrorMessage: 'There was a problem with your request.',
      Errors: ['Name: is missing.', 'Take: is not a number.'],
      ParsedHelpLinks: [],
      Details: fields,
    })
  })

  it('shows no more than 200 characters of what was asked for', () => {
    expect(notFound('x'.repeat(5_000)).message).toHaveLength(
      200 + "The resource '' was not found.".length,
    )
  })

  it.each([
    ['invalid', 400],
    ['unauthenticated', 401],
    ['forbidden', 403],
    ['not_found', 404],
    ['method_not_allowed', 405],
    ['conflict', 409],
    ['too_large', 413],
    ['too_many_requests', 429],
    ['unavailable', 503],
  ] as const)('%s has the status %i', (code, status) => {
    expect(new Problem(code, '').status).toBe(status)
    expect(Object.keys(STATUS)).toHaveLength(9)
  })
})
