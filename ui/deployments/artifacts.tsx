import { formatBytes } from '../components/format.ts'
import { Icon } from '../components/icon.tsx'

export type Artifact = {
  id: string
  name: string
  href: string
  sizeBytes: number
  step: string
  place?: string | undefined
}

/** Files that the steps handed in. */
export const Artifacts = ({ artifacts }: { artifacts: Artifact[] }) =>
  artifacts.length === 0 ? null : (
    <section class="artifacts" aria-label="Artifacts">
      <h2>Artifacts</h2>
      <ul>
        {artifacts.map(artifact => (
          <li>
            <a class="link icon-link" href={artifact.href} download={artifact.name}>
              <Icon name="download" />
              <span>{artifact.name}</span>
            </a>
            <span class="sub">
              {formatBytes(artifact.sizeBytes)} · {artifact.step}
              {artifact.place && ` on ${artifact.place}`}
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
