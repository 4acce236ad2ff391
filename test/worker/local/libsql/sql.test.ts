import { describe, expect, it } from 'vitest'
import { shapeOf } from '../../../../worker/local/libsql/sql.ts'

describe('the shape of a SQL text', () => {
  it.each([
    { sql: 'SELECT 1', keywords: ['SELECT'] },
    { sql: '  -- note ; \n/* ; */ select 1 ; ; ', keywords: ['SELECT'] },
    { sql: 'SELECT \';\', ";", `;`, [;] ; VALUES (1)', keywords: ['SELECT', 'VALUES'] },
    { sql: "SELECT 'it''s; one'", keywords: ['SELECT'] },
    { sql: '', keywords: [] },
    {
      sql: 'CREATE TEMP TRIGGER t AFTER INSERT ON a BEGIN SELECT CASE 1 WHEN 1 THEN 2 END; SELECT 1; END; SELECT 2',
      keywords: ['CREATE', 'SELECT'],
    },
  ])('finds the statements $keywords in $sql', ({ sql, keywords }) => {
    expect(shapeOf(sql).keywords).toEqual(keywords)
  })

  it.each([
    { sql: 'SELECT ?, ?', parameters: [undefined, undefined] },
    { sql: 'SELECT ?2, ?', parameters: [undefined, '?2', undefined] },
    { sql: 'SELECT :a, @b, $c, :a', parameters: [':a', '@b', '$c'] },
    { sql: "SELECT '?', \":a\", a->'$.b', a->>'$.c' -- ?", parameters: [] },
    { sql: 'SELECT a$b, :é FROM "x?"', parameters: [':é'] },
    { sql: 'INSERT INTO t VALUES(?,:a,?1)', parameters: ['?1', ':a'] },
  ])('numbers the parameters of $sql', ({ sql, parameters }) => {
    expect(shapeOf(sql).parameters).toEqual(parameters)
  })

  it.each([
    { sql: 'SELECT 1', readOnly: true },
    { sql: 'WITH n AS (SELECT 1) SELECT * FROM n', readOnly: true },
    { sql: 'WITH n AS (SELECT 1) DELETE FROM t WHERE a IN n', readOnly: false },
    { sql: "WITH n AS (SELECT 'delete') SELECT * FROM n", readOnly: true },
    { sql: 'INSERT INTO t VALUES (1) RETURNING a', readOnly: false },
    { sql: 'BEGIN TRANSACTION READONLY', readOnly: true },
    { sql: 'BEGIN IMMEDIATE', readOnly: false },
    { sql: 'PRAGMA foreign_keys', readOnly: false },
  ])('knows that $sql reads only: $readOnly', ({ sql, readOnly }) => {
    expect(shapeOf(sql).readOnly).toBe(readOnly)
  })
})
