import type { Context } from '../http/call.ts'
import { parse } from '../http/input.ts'
import { saveSet } from './commands.ts'
import { createLibrarySet, modifyLibrarySet } from './library-commands.ts'
import { moduleVariables, type ScriptModuleInput } from './script-module.ts'
import type { LibrarySet } from './store.ts'
import { variableInput } from './variable.ts'

const asSet = ({ Name, Description }: ScriptModuleInput) => ({
  Name,
  Description,
  ContentType: 'ScriptModule' as const,
})

const asVariables = (input: ScriptModuleInput) => ({
  Variables: moduleVariables(input).map(each => parse(variableInput, each)),
})

/** A library set that holds the module's script and language.
 *  @throws Problem `conflict` for a name that is taken, `forbidden` */
export const createScriptModule = async (
  context: Context,
  spaceId: string,
  input: ScriptModuleInput,
): Promise<LibrarySet> => {
  const set = await createLibrarySet(context, spaceId, asSet(input))
  await saveSet(context, spaceId, `variableset-${set.id}`, asVariables(input))
  return set
}

/** @throws Problem `conflict` for a name that is taken, `not_found`, `forbidden` */
export const modifyScriptModule = async (
  context: Context,
  spaceId: string,
  id: string,
  input: ScriptModuleInput,
): Promise<LibrarySet> => {
  const set = await modifyLibrarySet(context, spaceId, id, asSet(input))
  await saveSet(context, spaceId, `variableset-${set.id}`, asVariables(input))
  return set
}
