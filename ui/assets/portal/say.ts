/** Lets a screen reader say it: failures at once, everything else when it is convenient. */
export const say = (text: string, urgent = false): void => {
  const region = document.getElementById(urgent ? 'say-now' : 'say-politely')
  if (region) region.textContent = text
}
