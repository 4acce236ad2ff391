/** A word that a shell takes exactly as it is. */
export const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`
