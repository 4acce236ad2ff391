import { isoTime } from '../http/values.ts'
import type { ArtifactRow } from './store.ts'

/** Where the bytes lie in the object store: the path is ours, no part of it was printed by a script. */
export const artifactKey = (attempt: string, sha256: string): string => {
  const at = attempt.lastIndexOf(':')
  return `${artifactFolder(attempt.slice(0, at))}${attempt.slice(at + 1)}/${sha256}`
}

/** All of a deployment's artifacts lie under this. */
export const artifactFolder = (deploymentId: string): string => `artifacts/${deploymentId}/`

export const artifactResource = (row: ArtifactRow) => {
  const self = `/api/${row.spaceId}/artifacts/${row.id}`
  return {
    Id: row.id,
    SpaceId: row.spaceId,
    Filename: row.name,
    Source: row.placeName === '' ? row.stepName : `${row.stepName} on ${row.placeName}`,
    ServerTaskId: row.taskId,
    DeploymentId: row.deploymentId,
    StepName: row.stepName,
    MachineName: row.placeName,
    SizeBytes: row.sizeBytes,
    Sha256: row.sha256,
    Created: isoTime(row.createdAt),
    Links: { Self: self, Content: `${self}/content` },
  }
}

/** A header that saves under this name in every browser, whatever characters it has (RFC 6266). */
export const attachmentOf = (name: string): string => {
  const plain = name.replace(/[^\x20-\x7e]|["\\%]/g, '_')
  const encoded = encodeURIComponent(name).replace(
    /['()*!]/g,
    found => `%${found.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`
}
