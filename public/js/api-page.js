/** The API reference, drawn by Swagger UI in the colours of the page. */
import "./page.js";

const root = document.documentElement;
const system = matchMedia("(prefers-color-scheme: dark)");

/** Swagger UI asks for its dark colours by a class of `<html>`. */
function dress() {
  const dark = root.classList.contains("theme-dark");
  root.classList.toggle("dark-mode", dark || (root.classList.contains("theme-auto") && system.matches));
}
dress();
document.addEventListener("arterial:colours", dress);

// Its bundle is a deferred script of the body: there before this event, whatever the order.
addEventListener("DOMContentLoaded", () => {
  globalThis.SwaggerUIBundle({
    url: "/openapi.json",
    dom_id: "#reference",
    deepLinking: true,
    defaultModelsExpandDepth: 0,
    displayRequestDuration: true,
    // No validator: it would be somebody else's server.
    validatorUrl: null,
    syntaxHighlight: false,
  });
});
