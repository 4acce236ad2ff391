// Stands in for worker/packages/sweep.ts: packages are no part of the model.
export const sweepPackages = async () => undefined
