/** The product cannot start, for a reason the person at the terminal can mend: one line, no stack. */
export class StartError extends Error {}
