/**
 * The data of the server-sent events of a response, one after the other, as a browser's `EventSource`
 * gives them. Leaving the loop ends the connection.
 */
export async function* eventsOf(response: Response): AsyncGenerator<string, void> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const bytes of response.body ?? []) {
    text += decoder.decode(bytes as Uint8Array, { stream: true });
    const events = text.split("\n\n");
    // What follows the last blank line has not come as a whole.
    text = events.pop() ?? "";
    for (const event of events) {
      if (event.startsWith("data: ")) yield event.slice("data: ".length);
    }
  }
}
