"""fourflow clears goods, capital, talent and technology together, with prices, reasons and a proof."""

__version__ = "0.1.0"
