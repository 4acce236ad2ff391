import { startAppLinks } from './portal/app-links.ts'
import { startCopying } from './portal/copy.ts'
import { startKeeping } from './portal/keep.ts'
import { startKeys } from './portal/keys.ts'
import { startLive } from './portal/live.ts'
import { startLog } from './portal/log.ts'
import { startMenus } from './portal/menus.ts'
import { startTimes } from './portal/times.ts'

document.documentElement.classList.add('js')
startAppLinks()
startMenus()
startCopying()
startKeys()
startTimes()
startLive()
startKeeping()
startLog()
