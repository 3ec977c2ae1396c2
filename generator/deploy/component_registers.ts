/** The memory map of component.xml: every register and field. Vivado puts them in the hardware hand-off, where PYNQ finds them. */
import { isReadable, isWritable, plainText, resetValue, type FieldAccess, type Register, type RegisterField, type RegisterMap } from './register_map.js';

type Node = { readonly [name: string]: unknown };

const long = (value: number) => ({ '@_spirit:format': 'long', '#text': `${value}` });

/** Memory map of the interface of this name. The block is called `Reg` because scripts address `<cell>/<interface>/Reg`. */
export function memoryMapNode(name: string, map: RegisterMap): Node {
  return {
    'spirit:name': name,
    'spirit:addressBlock': {
      'spirit:name': 'Reg',
      'spirit:baseAddress': long(0),
      'spirit:range': long(map.range),
      'spirit:width': long(32),
      'spirit:usage': 'register',
      'spirit:access': 'read-write',
      'spirit:parameters': { 'spirit:parameter': addressParameters(name) },
      'spirit:register': map.registers.map(registerNode),
    },
  };
}

/** Names that the drivers' Tcl asks for the addresses by: with them Vitis writes C_S_AXIL_BASEADDR to xparameters.h. */
function addressParameters(name: string): Node[] {
  const upper = name.toUpperCase();
  return [['OFFSET_BASE_PARAM', 'BASEADDR'], ['OFFSET_HIGH_PARAM', 'HIGHADDR']].map(([parameter, suffix]) => ({
    'spirit:name': parameter,
    'spirit:value': { '@_spirit:id': `ADDRBLOCKPARAM_VALUE.${upper}.REG.${parameter}`, '#text': `C_${upper}_${suffix}` },
  }));
}

function registerNode(register: Register): Node {
  const access = isReadable(register) ? (isWritable(register) ? 'read-write' : 'read-only') : 'write-only';
  return {
    'spirit:name': register.name,
    'spirit:displayName': register.name,
    'spirit:description': plainText(register.description),
    'spirit:addressOffset': `0x${register.offset.toString(16).toUpperCase().padStart(2, '0')}`,
    'spirit:size': long(32),
    'spirit:access': access,
    'spirit:reset': { 'spirit:value': long(resetValue(register)) },
    'spirit:field': register.fields.map(fieldNode),
  };
}

/** IP-XACT has no access of its own for "write 1 to clear": it is what a write does to the value. */
function fieldNode(field: RegisterField): Node {
  const access: Readonly<Record<FieldAccess, string>> = {
    'read-write': 'read-write', 'read-only': 'read-only', 'write-only': 'write-only', 'write-one-to-clear': 'read-write',
  };
  return {
    'spirit:name': field.name,
    'spirit:description': plainText(field.description),
    'spirit:bitOffset': `${field.lsb}`,
    'spirit:bitWidth': long(field.width),
    'spirit:access': access[field.access],
    ...(field.access === 'write-one-to-clear' ? { 'spirit:modifiedWriteValue': 'oneToClear' } : {}),
    ...(field.readClears ? { 'spirit:readAction': 'clear' } : {}),
  };
}
