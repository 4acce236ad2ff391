// Stands in for `node:child_process` of runners: a spawned program is a supervisor of the model.
import { hostHere } from '../here.ts'

export const spawn = (_program: string, args: string[]) => hostHere().spawn(args)
