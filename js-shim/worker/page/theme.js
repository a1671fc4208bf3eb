// Before the first paint, and so no module: light, dark, or as the system has it.
document.documentElement.dataset.theme = localStorage.getItem('theme') ?? 'auto';
