/** Names the product keeps for itself are no addresses, but for those that begin `Octopus:`. */
export const isReserved = (name: string): boolean => /^octopus(?!:)/i.test(name)
