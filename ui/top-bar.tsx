import { Form } from './components/form.tsx'
import { Icon, type IconName } from './components/icon.tsx'
import type { Frame, Theme } from './frame.tsx'
import { links } from './links.ts'

export const TopBar = ({ frame }: { frame: Frame }) => (
  <header class="top-bar">
    <a class="space" href={links.home} title="Space">
      <span class="space-mark" aria-hidden="true">
        {frame.spaceName.slice(0, 1)}
      </span>
      <span class="space-name">{frame.spaceName}</span>
    </a>
    <search class="search-box">
      <form class="search" action={links.search} method="get">
        <Icon name="search" />
        <input
          type="search"
          name="q"
          aria-label="Search projects, releases, targets and packages"
          placeholder="Search"
          autocomplete="off"
          data-hotkey="/"
        />
        <kbd class="needs-js">/</kbd>
      </form>
    </search>
    <div class="top-bar-end">
      <a class="icon-button" href={links.help} title="API" aria-label="API">
        <Icon name="help" />
      </a>
      <ThemeSwitch frame={frame} />
      {frame.user && <UserMenu name={frame.user.name} />}
    </div>
  </header>
)

const themes: { value: Theme; icon: IconName; label: string }[] = [
  { value: 'light', icon: 'sun', label: 'Light' },
  { value: 'system', icon: 'auto', label: 'As the system' },
  { value: 'dark', icon: 'moon', label: 'Dark' },
]

export const ThemeSwitch = ({ frame }: { frame: Frame }) => (
  <Form action={links.theme} inline>
    <input type="hidden" name="returnTo" value={frame.path} />
    <fieldset class="segmented" aria-label="Theme">
      {themes.map(({ value, icon, label }) => (
        <button
          type="submit"
          name="theme"
          value={value}
          title={label}
          aria-label={label}
          aria-pressed={frame.theme === value ? 'true' : 'false'}
        >
          <Icon name={icon} />
        </button>
      ))}
    </fieldset>
  </Form>
)

const UserMenu = ({ name }: { name: string }) => (
  <details class="menu">
    <summary class="user">
      <span class="avatar" aria-hidden="true">
        {[...name][0]?.toUpperCase() ?? '?'}
      </span>
      <span class="hidden">Account of </span>
      <span class="user-name">{name}</span>
    </summary>
    <div class="menu-list">
      <p class="faint">Signed in as {name}</p>
      <a href={links.apiKeys}>
        <Icon name="key" />
        API keys
      </a>
      <Form action={links.signOut}>
        <button type="submit">
          <Icon name="close" />
          Sign out
        </button>
      </Form>
    </div>
  </details>
)
