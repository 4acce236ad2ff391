import { ButtonLink } from '../components/button.tsx'
import { links } from '../links.ts'

export const NewProjectLink = ({ look }: { look?: 'primary' }) => (
  <ButtonLink href={links.projectNew} icon="plus" {...(look ? { look } : {})}>
    New project
  </ButtonLink>
)

/** What makes the first project at a command line. */
export const NEW_PROJECT_COMMAND =
  "octopus project create --name Shop --group 'Default Project Group' --lifecycle 'Default Lifecycle'"

/** The projects that use something, by name. */
export const UsedByProjects = ({ projects }: { projects: { id: string; name: string }[] }) => (
  <>
    Used by{' '}
    {projects.map(({ id, name }, index) => (
      <>
        {index > 0 && ', '}
        <a href={links.project(id)}>{name}</a>
      </>
    ))}
  </>
)
