// Stands in for worker/deployments/facade.ts: objects are called directly in the model.
export const answersFacade = async () => new Response(null, { status: 404 })
export const deploymentCommands = () => undefined
