"""What people see: tables, graphs and markup, made of plain values."""
