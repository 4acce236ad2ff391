/** Ids that stand for a page wherever they are in an address: the last one counts. */
const PAGES: Record<string, string> = {
  ServerTasks: '/tasks',
  Deployments: '/deployments',
  Releases: '/releases',
}
const LISTS = new Set(['projects', 'tasks', 'infrastructure', 'library', 'configuration'])

/**
 * Where in this portal a link leads that names its page behind a `#`, as Octopus' do and as its
 * clients print them: `/app#/Spaces-1/tasks/ServerTasks-7`. What is not known leads to the start.
 */
export const pageOf = (fragment: string): string => {
  const [path = ''] = fragment.replace(/^#?\/*/, '').split('?')
  const [first = '', ...others] = path.split('/').map(decoded)
  const [section = '', name, ...rest] = /^Spaces-\d+$/.test(first) ? others : [first, ...others]
  for (const part of [section, name ?? '', ...rest].toReversed()) {
    const page = PAGES[/^(\w+)-\d+$/.exec(part)?.[1] ?? '']
    if (page) return `${page}/${part}`
  }
  if (section === 'projects' && name) {
    const project = `/projects/${encodeURIComponent(name)}`
    return rest.includes('releases') ? `${project}/releases` : project
  }
  return LISTS.has(section) ? `/${section}` : '/'
}

const decoded = (part: string): string => {
  try {
    return decodeURIComponent(part)
  } catch {
    return ''
  }
}

/** What stands behind the `#` is known to the browser alone. */
export const startAppLinks = (): void => {
  if (location.pathname === '/app') location.replace(pageOf(location.hash))
}
