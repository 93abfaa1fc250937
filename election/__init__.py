"""The shared words of Tallyhouse: events, topics, tables, rules, geography, settings.

Declared once here; every stage derives from it or is checked against it. Nothing in this
package imports a broker, Spark or warehouse client.
"""
