// Starts the API reference. A file of its own, because the page allows no inline scripts.
window.addEventListener("DOMContentLoaded", () => {
  window.SwaggerUIBundle({
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
