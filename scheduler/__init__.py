"""The application: it places, plans, applies and shows."""
