import { ButtonLink } from '../components/button.tsx'
import { Empty } from '../components/empty.tsx'
import { count } from '../components/format.ts'
import { Icon } from '../components/icon.tsx'
import type { Frame } from '../frame.tsx'
import { LibraryFrame } from '../library/library-frame.tsx'
import { links } from '../links.ts'

export type LifecycleCard = {
  id: string
  name: string
  description: string
  phases: { name: string; environments: string[]; optional: boolean }[]
  projectCount: number
}

export type LifecyclesPageProps = { frame: Frame; lifecycles: LifecycleCard[]; mayEdit?: boolean }

export const LifecyclesPage = ({ frame, lifecycles, mayEdit = true }: LifecyclesPageProps) => {
  const add = mayEdit && (
    <ButtonLink href={links.lifecycleNew} look="primary" icon="plus">
      New lifecycle
    </ButtonLink>
  )
  return (
    <LibraryFrame frame={frame} tab="lifecycles" actions={add}>
      {lifecycles.length === 0 ? (
        <Empty icon="right" title="No lifecycles yet" action={add}>
          A lifecycle is the order of environments that a release must succeed in.
        </Empty>
      ) : (
        <div class="stack">
          {lifecycles.map(lifecycle => (
            <section class="card lifecycle">
              <div class="lifecycle-head">
                {mayEdit ? (
                  <a class="step-name" href={links.lifecycle(lifecycle.id)}>
                    {lifecycle.name}
                  </a>
                ) : (
                  <span class="step-name">{lifecycle.name}</span>
                )}
                <span class="faint small">{count(lifecycle.projectCount, 'project')}</span>
              </div>
              {lifecycle.description && <p class="hint">{lifecycle.description}</p>}
              {lifecycle.phases.length === 0 ? (
                <p class="hint">All environments, one after the other, in their order.</p>
              ) : (
                <ol class="way">
                  {lifecycle.phases.map((phase, index) => (
                    <li>
                      {index > 0 && <Icon name="chevron" />}
                      <span class="way-stop">
                        <strong>{phase.name}</strong>
                        <span class="faint small">
                          {phase.environments.join(', ') || 'any environment'}
                          {phase.optional && ' · optional'}
                        </span>
                      </span>
                    </li>
                  ))}
                </ol>
              )}
            </section>
          ))}
        </div>
      )}
    </LibraryFrame>
  )
}
