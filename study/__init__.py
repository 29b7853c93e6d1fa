"""The reader's tool: catalogue, notes, checklists, evidence, search and site of the knowledge base."""
