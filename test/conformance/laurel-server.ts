/**
 * The shell command that serves Laurel in the foreground from a build, on the port `{port}`, with
 * what the suite asks a server to allow. `main` is the path of the build's cli/main.js.
 */
export function laurelServerCommand(main: string): string {
  return `${quoted(process.execPath)} ${quoted(main)} serve --port {port} --enable-debug-command yes`;
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
