/** A word that a shell takes exactly as it is. */
export const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`

/** Text that PowerShell takes exactly as it is: nothing is expanded between single quotes. It takes
 *  typographic quotes for quotes as well, so that each of them is doubled.
 *  @see https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_quoting_rules */
export const quoteForPowerShell = (text: string) => `'${text.replace(/['‘’‚‛]/g, '$&$&')}'`
