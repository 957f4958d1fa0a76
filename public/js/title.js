/** The tab does not say "●", live, while the connection is lost: the title's own mark comes back with it. */
let hollowed = false;

export function titleLost(/** @type {boolean} */ lost) {
  const { title } = document;
  if (lost && title.startsWith("●")) document.title = `○${title.slice(1)}`;
  else if (!lost && hollowed && title.startsWith("○")) document.title = `●${title.slice(1)}`;
  hollowed = lost && (hollowed || title.startsWith("●"));
}
